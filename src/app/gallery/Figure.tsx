import { FACTORS, productOf } from "../state/factors.ts";

/** Strengths of the directions that there are to learn. */
const STRENGTHS = [1, 0.62, 0.4, 0.22, 0.1, 0.06];
const START = 0.15;
const TIME = 40;
const STEP = 0.1;

/**
 * How depth learns one direction after the other: the balanced product wᴸ of L factors under gradient flow,
 * w' = wᴸ⁻¹·(s − wᴸ); of three it leaves its plateau at about 1 / (s·w₀).
 */
export function Figure() {
  const curve = (strength: number) => {
    let weight = START;
    const points = [];
    for (let time = 0; time <= TIME; time += STEP) {
      points.push(`${(20 + (time / TIME) * 360).toFixed(1)},${(210 - weight ** FACTORS * 180).toFixed(1)}`);
      weight += STEP * weight ** (FACTORS - 1) * (strength - weight ** FACTORS);
    }
    return points.join(" ");
  };
  return (
    <figure className="figure">
      <svg
        viewBox="0 0 400 240"
        role="img"
        aria-label="Sketch: singular values of a deep product stay near zero, then rise one after the other; weak ones never do."
      >
        <line x1="20" y1="210" x2="385" y2="210" className="axis" />
        <line x1="20" y1="20" x2="20" y2="210" className="axis" />
        {STRENGTHS.map((strength, index) => (
          <polyline key={strength} points={curve(strength)} className={`sketch s${index}`} />
        ))}
        <text x="385" y="230" textAnchor="end">
          steps
        </text>
        <text x="26" y="16">
          singular values of ΔW = {productOf(FACTORS)}
        </text>
      </svg>
      <figcaption>
        Depth learns strong directions first and weak ones never (a sketch of the theory; the lab draws the real thing).
      </figcaption>
    </figure>
  );
}
