// SPDX-License-Identifier: MIT
// Saves a plot, with its title and where it comes from, as SVG or PNG.
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

function line(text, y, size, weight, colour) {
  const made = document.createElementNS(NS, "text");
  const style = `font: ${weight} ${size}px system-ui, sans-serif; fill: ${colour}`;
  for (const [key, value] of Object.entries({ x: 8, y, style })) made.setAttribute(key, value);
  made.textContent = text;
  return new XMLSerializer().serializeToString(made); // which knows no HTML, as &nbsp; is
}

// The plot as a picture of its own, on white, with its title and where it comes from.
function standalone(figure) {
  const plot = figure.querySelector("img");
  const [width, height] = ["width", "height"].map((key) => Number(plot.getAttribute(key)));
  const title = lines(figure.querySelector("h4").textContent, 52);
  const subtitle = document.getElementById("subtitle").textContent;
  const source = lines(figure.closest("section").dataset.source || subtitle, 84);
  const top = 10 + 17 * title.length;
  const total = top + height + 8 + 12 * source.length;
  return `<svg xmlns="${NS}" width="${width}" height="${total}" viewBox="0 0 ${width} ${total}">
<rect width="${width}" height="${total}" fill="#fff"/>
<image y="${top}" width="${width}" height="${height}" href="${plot.src}"/>
${title.map((text, i) => line(text, 17 * (i + 1), 13, 600, "#1b1f24")).join("")}
${source.map((text, i) => line(text, top + height + 12 * (i + 1), 9, 400, "#5b636d")).join("")}
</svg>`;
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
  figure.querySelector("img").after(group);
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
