"use strict";
(() => {
  const form = document.querySelector(".filters");
  const rules = [...document.querySelectorAll(".rule")];
  const texts = new Map(rules.map((rule) => [rule, rule.textContent.toLowerCase()]));
  const filter = () => {
    const chosen = new FormData(form);
    const statuses = new Set(chosen.getAll("status"));
    const grade = chosen.get("grade");
    const words = chosen.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const rule of rules) {
      const fits = statuses.has(rule.dataset.status)
        && (!grade || rule.dataset.grade === grade)
        && words.every((word) => texts.get(rule).includes(word));
      rule.hidden = !fits;
      shown += fits;
    }
    for (const family of document.querySelectorAll(".family")) {
      family.hidden = !family.querySelector(".rule:not([hidden])");
    }
    form.querySelector("output").textContent = `${shown} of ${rules.length} rules`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        const range = document.createRange();
        range.selectNodeContents(code);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        button.textContent = "Selected";
      }
    });
  }
  window.addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details")) each.open = true;
  });
})();
