"use strict";
(() => {
  const form = document.querySelector(".filters");
  const rules = [...document.querySelectorAll(".rule")];
  const texts = new Map(rules.map((rule) => [rule, rule.textContent.toLowerCase()]));
  const boxes = form ? [...form.querySelectorAll("[name=status]")] : [];
  // The address has the filters and the rule in view, so that a link to a finding can be sent.
  const remember = (hash) => {
    const given = new URLSearchParams();
    const statuses = boxes.filter((box) => box.checked).map((box) => box.value);
    if (statuses.length < boxes.length) given.set("status", statuses.join(","));
    for (const name of ["grade", "text"]) {
      if (form.elements[name].value) given.set(name, form.elements[name].value);
    }
    const query = given.toString().replaceAll("%2C", ",");
    try {
      history.replaceState(null, "", location.pathname + (query && `?${query}`) + hash);
    } catch {
      // Some browsers allow no change of a file's address.
    }
  };
  const recall = () => {
    const given = new URLSearchParams(location.search);
    if (given.has("status")) {
      const wanted = given.get("status").split(",");
      for (const box of boxes) box.checked = wanted.includes(box.value);
    }
    for (const name of ["grade", "text"]) form.elements[name].value = given.get(name) ?? "";
  };
  const filter = () => {
    const chosen = new FormData(form);
    const statuses = new Set(chosen.getAll("status"));
    const grade = chosen.get("grade");
    const words = chosen.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const narrow = words.length || grade || statuses.size < boxes.length;
    let shown = 0;
    for (const rule of [...rules].reverse()) {
      const fits = statuses.has(rule.dataset.status)
        && (!grade || rule.dataset.grade === grade)
        && words.every((word) => texts.get(rule).includes(word));
      rule.hidden = !fits && !rule.querySelector(".rule:not([hidden])");
      shown += fits;
    }
    for (const group of document.querySelectorAll(".reason, .masked")) {
      group.hidden = !group.querySelector(".rule:not([hidden])");
      if (narrow && !group.hidden && !statuses.has("fail")) group.open = true;
    }
    for (const family of document.querySelectorAll(".family")) {
      family.hidden = !family.querySelector(".rule:not([hidden])");
    }
    form.querySelector("output").textContent = `${shown} of ${rules.length} rules`;
  };
  const show = () => {
    const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let each = wanted; each; each = each.parentElement) {
      if (each.matches("details")) each.open = true;
      each.hidden = false;
    }
    wanted?.scrollIntoView();
  };
  if (form) {
    form.hidden = false;
    recall();
    filter();
    form.addEventListener("input", () => { filter(); remember(location.hash); });
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const rule of rules) {
      rule.querySelector("summary").addEventListener("click", () => {
        remember(rule.open ? "" : `#${rule.id}`);
      });
    }
  }
  show();
  window.addEventListener("hashchange", show);
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
    const folds = '.rule[data-status="fail"], .rule[data-status="known"], .masked, .reason, .matrix details';
    for (const each of document.querySelectorAll(folds)) each.open = true;
  });
})();
