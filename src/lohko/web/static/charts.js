// A picture as PNG: drawn by the browser from the picture in the page, with the colours that it has there.
"use strict";
document.documentElement.classList.add("script");

const PAINT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "font-weight"];

const drawn = (svg) => {
  const copy = svg.cloneNode(true);
  const from = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((node, place) => {
    const style = getComputedStyle(from[place]);
    for (const name of PAINT) node.setAttribute(name, style.getPropertyValue(name));
  });
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width * 2);
  copy.setAttribute("height", height * 2);
  return [new XMLSerializer().serializeToString(copy), width * 2, height * 2];
};

// Parts of a page may come later, with pictures of their own.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-png]");
  if (button) {
    const svg = [...button.closest("figure").querySelectorAll("svg.chart")].find((one) => one.checkVisibility());
    const [text, width, height] = drawn(svg);
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = height;
      const pen = canvas.getContext("2d");
      pen.fillStyle = getComputedStyle(button.closest(".card") || document.body).backgroundColor;
      pen.fillRect(0, 0, width, height);
      pen.drawImage(image, 0, 0);
      const link = document.createElement("a");
      link.download = `${button.dataset.png}.png`;
      link.href = canvas.toDataURL("image/png");
      link.click();
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  }
});
