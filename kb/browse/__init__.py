"""Show the knowledge as pages to read: guidelines, topics, concepts, and what still needs a curator's eye."""
