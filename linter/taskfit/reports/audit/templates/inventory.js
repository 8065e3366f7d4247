// Sorting, filtering and folding. Without it the page is complete, and sorted by waste.
"use strict";
(() => {
  const table = document.querySelector("table");
  if (!table) return;
  const headings = [...table.tHead.rows[0].cells];
  const services = [...table.tBodies].map((body, place) => ({
    body,
    place,
    keys: [...body.rows[0].cells].map((cell) => cell.dataset.value),
    text: body.textContent.toLowerCase(),
  }));
  const folds = [...table.querySelectorAll("details")];
  const filters = [...document.querySelectorAll("[data-filter]")];
  const status = document.querySelector("[data-status]");
  const sorter = document.querySelector("[data-sorter]");
  const expand = document.querySelector("[data-expand]");
  let order = ", by waste";

  // Filtering

  const accepts = {
    text: (service, wanted) => wanted.trim().toLowerCase().split(/\s+/).every((word) => service.text.includes(word)),
    severity: (service, wanted) => service.body.dataset.severity.split(" ").includes(wanted.slice(1)),
  };
  const isPlace = (kind) => (service, wanted) => service.body.dataset[kind] === wanted.slice(1);

  function filter() {
    const active = filters.filter((field) => field.value.trim());
    let shown = 0;
    for (const service of services) {
      const fits = active.every(({ dataset, value }) =>
        (accepts[dataset.filter] ?? isPlace(dataset.filter))(service, value));
      service.body.hidden = !fits;
      shown += fits;
    }
    status.textContent = `${shown} of ${services.length} services${order}`;
  }

  // Sorting

  function compare(column, numeric, sign) {
    return (one, other) => {
      const [a, b] = [one.keys[column], other.keys[column]];
      if (a === undefined || b === undefined) {
        return (a === undefined) - (b === undefined) || one.place - other.place; // the unknown last
      }
      return sign * (numeric ? a - b : a.localeCompare(b)) || one.place - other.place;
    };
  }

  function sort(column, direction) {
    const heading = headings[column];
    for (const other of headings) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction);
    services.sort(compare(column, heading.dataset.sort === "number", direction === "ascending" ? 1 : -1));
    table.append(...services.map((service) => service.body));
    sorter.value = `${column} ${direction}`;
    order = `, by ${heading.textContent.trim()}, ${direction}`;
    filter();
  }

  headings.forEach((heading, column) => {
    const name = heading.textContent.trim();
    const first = heading.dataset.first ?? (heading.dataset.sort === "number" ? "descending" : "ascending");
    const second = first === "ascending" ? "descending" : "ascending";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => sort(column, heading.getAttribute("aria-sort") === first ? second : first));
    heading.replaceChildren(button);
    sorter.append(new Option(`${name}, ${first}`, `${column} ${first}`), new Option(`${name}, ${second}`, `${column} ${second}`));
  });
  sorter.prepend(new Option("Waste", "", true, true));
  sorter.options[0].disabled = true;
  sorter.addEventListener("change", () => {
    const [column, direction] = sorter.value.split(" ");
    sort(Number(column), direction);
  });
  for (const field of filters) field.addEventListener("input", filter);

  // Folding

  expand.addEventListener("click", () => {
    const open = !folds.every((fold) => fold.open);
    for (const fold of folds) fold.open = open;
    expand.textContent = open ? "Collapse all" : "Expand all";
  });
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = folds.filter((fold) => !fold.open);
    for (const fold of unfolded) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of unfolded) fold.open = false;
  });

  filter();
  status.hidden = false;
  document.querySelector(".controls").hidden = false;
})();
