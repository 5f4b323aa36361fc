// What a page can do without a script, it does without: this drops files, folds, jumps and offers concepts.
"use strict";
for (const hidden of document.querySelectorAll(".jumps[hidden]")) hidden.hidden = false;

for (const form of document.querySelectorAll("[data-drop]")) {
  const file = form.querySelector("input[type=file]");
  const over = (on) => form.classList.toggle("over", on);
  form.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
  form.addEventListener("dragleave", () => over(false));
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    over(false);
    file.files = event.dataTransfer.files;
    file.focus();
  });
}

for (const button of document.querySelectorAll("[data-fold]")) {
  button.addEventListener("click", () => {
    for (const fold of document.querySelectorAll(".line details")) fold.open = button.dataset.fold === "open";
  });
}
document.querySelector("[data-print]")?.addEventListener("click", () => print());

const marks = [...document.querySelectorAll(".letter mark a")];
for (const button of document.querySelectorAll("[data-jump]")) {
  button.addEventListener("click", () => {
    const now = marks.findIndex((mark) => mark.classList.contains("now"));
    const next = (now + Number(button.dataset.jump) + marks.length) % marks.length;
    marks[now]?.classList.remove("now");
    if (!marks.length) return;
    marks[next].classList.add("now");
    marks[next].scrollIntoView({ block: "center" });
  });
}

const list = document.getElementById("concepts");
let asked = 0;
async function offer(input) {
  const mine = ++asked, words = input.value.split(";").pop().trim();
  if (words.length < 2) return;
  const answer = await fetch(`search?q=${encodeURIComponent(words.slice(0, 200))}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || mine !== asked) return;
  const { found } = await answer.json();
  const fitting = found.filter(({ kind }) => kind === input.dataset.kind).slice(0, 12);
  list.replaceChildren(...fitting.map(({ label }) => Object.assign(document.createElement("option"), { value: label })));
}
let waiting;
for (const input of document.querySelectorAll("input[list=concepts]")) {
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(offer, 150, input); });
}

// Said after the page stands, so that screen readers read the result out.
const say = document.querySelector("[data-say]");
if (say) setTimeout(() => { say.textContent = say.dataset.say; }, 300);
