const form = document.getElementById("filters");
const articles = [...document.querySelectorAll("article")];
const parts = [...document.querySelectorAll(".part[data-claims]")];
const shown = document.getElementById("shown");

function filter() {
  const wanted = form.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const one of articles) {
    const fits = wanted.every((word) => one.dataset.words.includes(word))
      && ["kind", "standing", "verdict"].every((key) => !form[key].value || one.dataset[key] === form[key].value);
    one.hidden = !fits;
    count += fits;
  }
  for (const part of parts) part.hidden = !part.querySelector("article:not([hidden])");
  shown.textContent = count;
}

function open() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.hidden) {
    form.reset();
    filter();
  }
  if (target.tagName === "DETAILS") target.open = true;
  target.scrollIntoView();
}

form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", open);
open();
