// Search the list of pages (pages.js) where no server can; it ranks as kb/browse/search.py does.
"use strict";
const LIMIT = 60;
const fold = (words) => (words.toLowerCase().replaceAll("_", " ").match(/[a-z0-9#.]+/g) || []).join(" ");
const has = (wanted, text) => wanted.every((word) => ` ${text}`.includes(` ${word}`));

function rank(wanted, [label, , , words]) {
  const own = fold(label), phrase = wanted.join(" ");
  if (own === phrase) return 0;
  if (words.split(" | ").includes(phrase)) return 1;
  if (own.startsWith(phrase)) return 2;
  if (has(wanted, own)) return 3;
  return has(wanted, `${own} ${words}`) ? 4 : null;
}

function find(words) {
  const wanted = fold(words).split(" ").filter(Boolean);
  if (!wanted.length) return [];
  const ranked = window.pages.map((entry) => [rank(wanted, entry), entry]).filter(([place]) => place !== null);
  ranked.sort(([a, one], [b, other]) => a - b || one[0].length - other[0].length);
  return ranked.map(([, entry]) => entry);
}

function item([label, path, kind], ending) {
  const link = Object.assign(document.createElement("a"), { href: path + ending, textContent: label });
  const small = Object.assign(document.createElement("small"), { textContent: kind });
  const line = document.createElement("li");
  line.append(link, " ", small);
  return line;
}

const words = new URLSearchParams(location.search).get("q") || "";
const results = document.getElementById("results");
for (const field of document.querySelectorAll("input[type=search]")) field.value = words;
if (words) {
  const found = find(words), said = document.createElement("p"), list = document.createElement("ol");
  const best = found.length > LIMIT ? `, the best ${LIMIT}` : "";
  said.textContent = found.length ? `${found.length} page${found.length === 1 ? "" : "s"} for “${words}”${best}` : `Nothing fits “${words}”.`;
  list.className = "found";
  list.append(...found.slice(0, LIMIT).map((entry) => item(entry, results.dataset.ending)));
  results.replaceChildren(said, list);
}
