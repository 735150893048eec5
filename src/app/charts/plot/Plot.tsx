import { type KeyboardEvent, type PointerEvent, type ReactNode, useContext, useEffect, useId } from "react";
import { type Axis, shareOf, stepTicks } from "./axis.ts";
import { ChartHeight } from "./chartHeight.ts";
import { hover, pin, pointAt, useCursor } from "./cursor.ts";
import type { Place } from "./path.ts";
import { useWidth } from "./useWidth.ts";

/** What stands in a chart at a step: a mark's look, a name and a value as written. */
export interface Reading {
  readonly look: number;
  readonly name: string;
  readonly value: string;
}

interface PlotProps {
  /** What the chart is of, for those who hear it. */
  readonly label: string;
  /** The length of the longest run: the axis has it from the first step on. */
  readonly steps: number;
  readonly axis: Axis;
  readonly height: number;
  /** Room for labels at the right end, in letters. */
  readonly labelWidth: number;
  /** The steps at which something was measured, in order. */
  readonly measuredAt: readonly number[];
  /** What stands at a measured step. */
  readonly readings: (step: number) => readonly Reading[];
  readonly children: (place: Place) => ReactNode;
}

/** The least height, in letters. */
const LEAST = 10;
/** The width of a letter, as a share of its height. */
const LETTER = 0.6;
/** Labels that would take more of the width than this are short ones: room for as many letters. */
const MOST_LABEL = 0.42;
const NARROW_LABEL = 9;

/** What a label of the step axis takes, in heights of its letters. */
const STEP_LABEL = 4.5;

/** Steps by which a key moves the cursor; the rest go to an end. */
const strides: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 };

/** A chart over the steps of a run: axes, what is drawn on them, and a cursor that all charts share. */
export function Plot({ label, steps, axis, height: usual, labelWidth, measuredAt, readings, children }: PlotProps) {
  const [ref, width, em] = useWidth<HTMLDivElement>();
  const id = useId();
  // Of large letters a few lines find room in any case.
  const height = useContext(ChartHeight) ?? Math.max(usual, LEAST * em);
  const cursor = useCursor((state) => state.step);
  const isPinned = useCursor((state) => state.isPinned);
  const longest = Math.max(...axis.ticks.map((tick) => tick.label.length));
  const left = Math.ceil((0.62 * longest + 0.9) * em);
  const isNarrow = labelWidth * LETTER * em > MOST_LABEL * width;
  const right = width - Math.ceil((isNarrow ? Math.min(NARROW_LABEL, labelWidth) : labelWidth) * LETTER * em) - 20;
  const [top, bottom] = [0.7 * em, height - 1.9 * em];
  const length = Math.max(1, steps);
  const place: Place = {
    x: (step) => left + (step / length) * (right - left),
    y: (value) => bottom - shareOf(axis, value) * (bottom - top),
    left,
    right,
    top,
    bottom,
    isNarrow,
    em,
  };
  const at = cursor === undefined || measuredAt.length === 0 ? undefined : nearest(measuredAt, cursor);
  const shown = at === undefined ? [] : readings(at);

  const onPointer = (event: PointerEvent<HTMLDivElement>) => {
    const { left: start } = event.currentTarget.getBoundingClientRect();
    const step = Math.round(((event.clientX - start - left) / (right - left)) * length);
    hover(Math.min(length, Math.max(0, step)));
  };
  useEffect(() => {
    const onTouch = (event: Event) => {
      const isElsewhere = event.target instanceof Element && !event.target.closest(".plot");
      if (isTouch(event) && isElsewhere) hover(undefined);
    };
    window.addEventListener("pointerdown", onTouch);
    return () => window.removeEventListener("pointerdown", onTouch);
  }, []);
  const onKey = (event: KeyboardEvent) => {
    const first = measuredAt[0];
    const last = measuredAt.at(-1);
    if (first === undefined || last === undefined) return;
    const stride = (strides[event.key] ?? 0) * (event.shiftKey ? 10 : 1);
    const from = at ?? (stride < 0 ? last : first);
    const place = Math.min(
      measuredAt.length - 1,
      Math.max(0, measuredAt.indexOf(from) + (at === undefined ? 0 : stride)),
    );
    if (stride !== 0) pointAt(measuredAt[place]);
    else if (event.key === "Home") pointAt(first);
    else if (event.key === "End") pointAt(last);
    else if (event.key === "Enter") pin(!isPinned);
    else if (event.key === "Escape" && cursor !== undefined) {
      pin(false);
      pointAt(undefined);
    } else return;
    event.preventDefault();
  };

  return (
    <div
      ref={ref}
      className="plot"
      role="slider"
      tabIndex={0}
      aria-label={`${label}: step`}
      aria-valuemin={0}
      aria-valuemax={length}
      aria-valuenow={at ?? measuredAt.at(-1) ?? 0}
      aria-valuetext={inWords(at ?? measuredAt.at(-1), readings)}
      onPointerMove={onPointer}
      onPointerDown={onPointer}
      onPointerLeave={({ pointerType }) => pointerType !== "touch" && hover(undefined)}
      onKeyDown={onKey}
      onClick={({ nativeEvent }) => !isTouch(nativeEvent) && pin(!isPinned)}
    >
      <svg width={width} height={height} aria-hidden="true">
        <clipPath id={id}>
          <rect x={left} y={0} width={Math.max(0, right - left) + 5} height={bottom + 2} />
        </clipPath>
        {axis.ticks.map((tick) => (
          <g key={tick.at}>
            <line className="grid" x1={left} x2={right} y1={place.y(tick.at)} y2={place.y(tick.at)} />
            <text className="tick" x={left - 6} y={place.y(tick.at) + 0.36 * em} textAnchor="end">
              {tick.label}
            </text>
          </g>
        ))}
        {stepTicks(steps, (STEP_LABEL * em) / Math.max(1, right - left)).map((step, index) => (
          <text
            key={step}
            className="tick"
            x={place.x(step)}
            y={height - 0.4 * em}
            textAnchor={index === 0 ? "start" : "middle"}
          >
            {index === 0 ? "step 0" : step}
          </text>
        ))}
        {children(place)}
        {at !== undefined && <line className="cursor" x1={place.x(at)} x2={place.x(at)} y1={top} y2={bottom} />}
      </svg>
      {at !== undefined && shown.length > 0 && (
        <div
          className="readout"
          style={place.x(at) > width / 2 ? { right: width - place.x(at) + 10 } : { left: place.x(at) + 10 }}
        >
          <b>step {at}</b>
          {isPinned && " pinned"}
          <ul>
            {shown.map(({ look, name, value }) => (
              <li key={`${look} ${name}`} className={`look-${look}`}>
                <span className="name">{name}</span> <b>{value}</b>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** What a finger points at stays when it is lifted, so that a tap pins nothing. */
function isTouch(event: Event): boolean {
  return "pointerType" in event && event.pointerType === "touch";
}

function inWords(step: number | undefined, readings: PlotProps["readings"]): string {
  if (step === undefined) return "nothing measured yet";
  const words = readings(step).map(({ name, value }) => `${name} ${value}`);
  return `step ${step}: ${words.slice(0, 8).join(", ")}`;
}

/** The measured step that is next to one. */
function nearest(steps: readonly number[], step: number): number {
  let [low, high] = [0, steps.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle;
    else high = middle;
  }
  return step - steps[low]! <= steps[high]! - step ? steps[low]! : steps[high]!;
}
