// Sorting, filtering, paging and folding. Without it the page is complete, and sorted by waste.
"use strict";
(() => {
  const table = document.querySelector("table.services");
  if (!table) return;
  const headings = [...table.tHead.rows[0].cells];
  const SIZE = table.tBodies.length; // services on a page
  const rest = document.querySelector("[data-rest]")?.textContent.split(/(?=<tbody )/).slice(1) ?? [];
  const services = JSON.parse(document.querySelector("[data-keys]").textContent)
    .map((keys, place) => ({ ...keys, place, body: table.tBodies[place] }));
  const filters = [...document.querySelectorAll("[data-filter]")];
  const status = document.querySelector("[data-status]");
  const sorter = document.querySelector("[data-sorter]");
  const expand = document.querySelector("[data-expand]");
  const pager = document.querySelector(".pages");
  const all = [...services];
  let shown = services;
  let page = 0;
  let order = ", by waste";

  // Rows beyond the first page are text until they are shown

  function bodyOf(service) {
    if (!service.body) {
      const template = document.createElement("template");
      template.innerHTML = `<table>${rest[service.place - SIZE]}</table>`;
      service.body = template.content.querySelector("tbody");
    }
    return service.body;
  }

  const ENTITIES = { "&lt;": "<", "&gt;": ">", "&#34;": '"', "&#39;": "'", "&amp;": "&" };

  function textOf(service) {
    service.text ??= (service.place < SIZE
      ? service.body.textContent
      : rest[service.place - SIZE].replace(/<[^>]*>/g, "").replace(/&(?:lt|gt|#34|#39|amp);/g, (each) => ENTITIES[each])
    ).toLowerCase();
    return service.text;
  }

  // Paging

  function show(number) {
    const last = Math.max(Math.ceil(shown.length / SIZE) - 1, 0);
    page = Math.min(Math.max(number, 0), last);
    const here = shown.slice(page * SIZE, (page + 1) * SIZE);
    table.replaceChildren(table.tHead, ...here.map(bodyOf));
    pager.hidden = last === 0;
    pager.querySelector("[data-pages]").textContent =
      `${page * SIZE + 1} to ${page * SIZE + here.length} of ${shown.length}`;
    pager.querySelector('[data-page="-1"]').disabled = page === 0;
    pager.querySelector('[data-page="1"]').disabled = page === last;
  }

  for (const button of pager.querySelectorAll("[data-page]")) {
    button.addEventListener("click", () => {
      show(page + Number(button.dataset.page));
      table.scrollIntoView();
    });
  }

  // A link to a row shows its page first.
  function follow() {
    const service = all[/^#service-(\d+)$/.exec(location.hash)?.[1] - 1];
    if (!service) return;
    if (!shown.includes(service)) {
      for (const field of filters) field.value = "";
      filter();
    }
    show(Math.floor(shown.indexOf(service) / SIZE));
    service.body.scrollIntoView({ block: "center" });
    // The browser looked for the target before it was there.
    for (const marked of table.querySelectorAll("[data-target]")) delete marked.dataset.target;
    service.body.dataset.target = "";
  }
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#service-"]');
    if (link && link.getAttribute("href") === location.hash) follow();
  });

  // Filtering

  const accepts = {
    text: (service, wanted) => wanted.trim().toLowerCase().split(/\s+/).every((word) => textOf(service).includes(word)),
    severity: (service, wanted) => service.severity.includes(wanted.slice(1)),
  };
  const isPlace = (kind) => (service, wanted) => service[kind] === wanted.slice(1);

  function filter() {
    const active = filters.filter((field) => field.value.trim());
    shown = services.filter((service) => active.every(({ dataset, value }) =>
      (accepts[dataset.filter] ?? isPlace(dataset.filter))(service, value)));
    show(0);
    status.textContent = `${shown.length} of ${services.length} service${services.length === 1 ? "" : "s"}${order}`;
  }

  // Sorting

  const collator = new Intl.Collator();

  function sort(column, direction) {
    const heading = headings[column];
    const numeric = heading.dataset.sort === "number";
    const sign = direction === "ascending" ? 1 : -1;
    for (const other of headings) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction);
    services.sort((one, other) => {
      const [a, b] = [one.columns[heading.dataset.column], other.columns[heading.dataset.column]];
      if (a === null || b === null) {
        return (a === null) - (b === null) || one.place - other.place; // the unknown last
      }
      return sign * (numeric ? a - b : collator.compare(a, b)) || one.place - other.place;
    });
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

  // Folding, of what is on the page

  expand.addEventListener("click", () => {
    const folds = [...table.querySelectorAll("details")];
    const open = !folds.every((fold) => fold.open);
    for (const fold of folds) fold.open = open;
    expand.textContent = open ? "Collapse all" : "Expand all";
  });

  filter();
  status.hidden = false;
  document.querySelector(".controls").hidden = false;
  follow();
})();
