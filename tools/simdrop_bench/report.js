// SPDX-License-Identifier: MIT
// Saves a plot, with its title and where it comes from, as SVG or PNG in the page's colours.
"use strict";

const NS = "http://www.w3.org/2000/svg";

function lines(text, width) {
  const all = [""];
  for (const word of text.split(" ")) {
    if (all[all.length - 1].length + word.length > width) all.push("");
    all[all.length - 1] += (all[all.length - 1] ? " " : "") + word;
  }
  return all;
}

function write(svg, text, y, size, weight, colour) {
  const line = document.createElementNS(NS, "text");
  line.setAttribute("x", 8);
  line.setAttribute("y", y);
  line.setAttribute("style", `font: ${weight} ${size}px var(--font); fill: var(${colour})`);
  line.textContent = text;
  svg.append(line);
}

// The plot as a file of its own: variables replaced by their values, on paper, with its title.
function standalone(figure) {
  const svg = figure.querySelector("svg").cloneNode(true);
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const title = lines(figure.querySelector("h4").textContent, 52);
  const subtitle = document.getElementById("subtitle").textContent;
  const source = lines(figure.closest("section").dataset.source || subtitle, 84);
  const top = 10 + 17 * title.length;
  const bottom = 8 + 12 * source.length;
  const paper = document.createElementNS(NS, "rect");
  const box = { x: 0, y: -top, width, height: height + top + bottom };
  for (const [key, value] of Object.entries(box)) paper.setAttribute(key, value);
  paper.setAttribute("style", "fill: var(--paper)");
  const style = document.createElementNS(NS, "style");
  style.textContent = "text { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }";
  svg.prepend(style, paper);
  title.forEach((text, i) => write(svg, text, 17 * (i + 1) - top, 13, 600, "--ink"));
  source.forEach((text, i) => write(svg, text, height + 12 * (i + 1), 9, 400, "--muted"));
  svg.setAttribute("viewBox", `0 ${-top} ${width} ${height + top + bottom}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height + top + bottom);
  svg.setAttribute("stroke-linejoin", "round");
  const values = getComputedStyle(document.documentElement);
  const text = new XMLSerializer().serializeToString(svg);
  return text.replace(/var\((--[a-z0-9-]+)\)/g, (_, name) =>
    values.getPropertyValue(name).trim().replace(/"/g, "'"));
}

function save(name, url) {
  const link = document.createElement("a");
  link.download = name;
  link.href = url;
  link.click();
}

function saveSvg(figure) {
  const blob = new Blob([standalone(figure)], { type: "image/svg+xml" });
  save(`${figure.id}.svg`, URL.createObjectURL(blob));
}

async function savePng(figure) {
  const image = new Image();
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(standalone(figure));
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 3 * image.width;
  canvas.height = 3 * image.height;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  save(`${figure.id}.png`, canvas.toDataURL("image/png"));
}

for (const figure of document.querySelectorAll("figure")) {
  const group = document.createElement("p");
  group.className = "export";
  for (const [kind, action] of [["SVG", saveSvg], ["PNG", savePng]]) {
    const button = document.createElement("button");
    button.textContent = kind;
    button.setAttribute("aria-label", `Save as ${kind}: ${figure.querySelector("h4").textContent}`);
    button.addEventListener("click", () => action(figure));
    group.append(button);
  }
  figure.querySelector("svg").after(group);
}

// A link to something inside closed details opens them; so does printing.
function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  for (let box = target; box; box = box.parentElement)
    if (box.tagName === "DETAILS") box.open = true;
  if (target) target.scrollIntoView();
}
window.addEventListener("hashchange", reveal);
window.addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("section > details")) box.open = true;
});
reveal();
