// Put the editor that was built in place of the plain field, which stays for browsers in which this does not run.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("yasgui"), plain = document.getElementById("plain");
  if (!place || typeof Yasgui === "undefined") return;
  const endpoint = new URL(place.dataset.endpoint, location.href).href;
  const written = document.getElementById("query").value, asked = new URLSearchParams(location.search).has("query");
  const address = (query) => `${endpoint}?query=${encodeURIComponent(query)}`;
  const yasgui = new Yasgui(place, {
    requestConfig: { endpoint, method: "POST", headers: {} },
    copyEndpointOnNewTab: true,
    persistenceId: null, // nothing is kept in the browser
    populateFromUrl: false,
    autofocus: false,
    endpointCatalogueOptions: { getData: () => [] },
    yasqe: {
      value: written,
      autocompleters: ["variables"], // others ask servers elsewhere
      prefixCcApi: null,
      createShareableLink: (yasqe) => address(yasqe.getValue()),
      consumeShareLink: null,
      resizeable: false,
      screenReaderLabel: "SPARQL query",
      extraKeys: { Tab: false, "Shift-Tab": false }, // the keyboard must find its way out
    },
  });
  const tab = yasgui.getTab();
  tab.setQuery(written);
  const toPlain = document.getElementById("to-plain");
  const follow = () => { toPlain.href = `${address(tab.getYasqe().getValue())}&view=plain`; };
  yasgui.on("query", (_, running) => {
    history.replaceState(null, "", address(running.getYasqe().getValue()));
    follow();
  });
  tab.getYasqe().on("change", follow);
  follow();
  plain.hidden = true;
  if (asked) tab.query();
});
