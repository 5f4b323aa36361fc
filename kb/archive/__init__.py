"""Keep decisions as data: each answer as a graph, all graphs in a store on disk that can be asked."""
