// Filtering. Without it the page is complete.
"use strict";
(() => {
  const files = [...document.querySelectorAll("section.file")].map((section, place) => {
    const name = section.querySelector("h2").textContent;
    const findings = [...section.querySelectorAll(".finding")];
    return {
      section,
      entry: document.querySelectorAll(".files li")[place],
      findings: findings.map((item) => ({ item, text: `${name} ${item.textContent}`.toLowerCase() })),
    };
  });
  const text = document.querySelector("#by-text");
  const severity = document.querySelector("#by-severity");
  const status = document.querySelector("[role=status]");

  function filter() {
    const words = text.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    let all = 0;
    for (const { section, entry, findings } of files) {
      let here = 0;
      for (const finding of findings) {
        const fits = (!severity.value || finding.item.dataset.severity === severity.value)
          && words.every((word) => finding.text.includes(word));
        finding.item.hidden = !fits;
        here += fits;
      }
      section.hidden = !here;
      if (entry) entry.hidden = !here;
      shown += here;
      all += findings.length;
    }
    status.textContent = `${shown} of ${all} findings`;
  }

  for (const field of [text, severity]) field.addEventListener("input", filter);
  filter();
  status.hidden = false;
  document.querySelector(".controls").hidden = false;
})();
