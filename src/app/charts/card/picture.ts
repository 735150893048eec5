import { save } from "../../saveFile.ts";

/** What of a drawing's look comes from style sheets, which a picture in a file does not have. */
const STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linejoin",
  "stroke-linecap",
  "opacity",
  "paint-order",
  "font-family",
  "font-size",
  "font-weight",
  "font-variant-numeric",
];
const SPACE = "http://www.w3.org/2000/svg";
const DOTS = 2;

/** A drawing as a file of its own, with its title, on the card's ground. */
export function svgOf(drawing: SVGSVGElement, title: string): { text: string; width: number; height: number } {
  const head = 28;
  const { width, height } = drawing.getBoundingClientRect();
  const ground = getComputedStyle(drawing.closest(".panel") ?? drawing);
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, at) => {
    const look = getComputedStyle(originals[at]!);
    element.setAttribute("style", STYLES.map((name) => `${name}:${look.getPropertyValue(name)}`).join(";"));
    element.removeAttribute("class");
  });
  copy.setAttribute("y", String(head));
  const file = document.createElementNS(SPACE, "svg");
  for (const [name, value] of Object.entries({
    xmlns: SPACE,
    width,
    height: height + head,
    viewBox: `0 0 ${width} ${height + head}`,
  }))
    file.setAttribute(name, String(value));
  const back = document.createElementNS(SPACE, "rect");
  back.setAttribute("width", "100%");
  back.setAttribute("height", "100%");
  back.setAttribute("fill", ground.backgroundColor);
  const words = document.createElementNS(SPACE, "text");
  words.setAttribute("x", "10");
  words.setAttribute("y", "19");
  words.setAttribute("style", `font:600 14px ${ground.fontFamily.replaceAll('"', "'")};fill:${ground.color}`);
  words.textContent = title;
  file.append(back, words, copy);
  return { text: new XMLSerializer().serializeToString(file), width, height: height + head };
}

export function saveSvg(drawing: SVGSVGElement, title: string, name: string): void {
  save({ name: `${name}.svg`, content: new Blob([svgOf(drawing, title).text], { type: "image/svg+xml" }) });
}

/** The same in pixels, twice as many as on the screen. */
export async function savePng(drawing: SVGSVGElement, title: string, name: string): Promise<void> {
  const { text, width, height } = svgOf(drawing, title);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = DOTS * width;
  canvas.height = DOTS * height;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob) save({ name: `${name}.png`, content: blob });
}
