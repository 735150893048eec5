import { useState } from "react";

const keyOf = (name: string) => `rankscope.${name}`;

/** A preference as it is stored, or what it is where none is. */
export function readStored<T>(name: string, initial: T): T {
  try {
    const stored = localStorage.getItem(keyOf(name));
    return stored === null ? initial : (JSON.parse(stored) as T);
  } catch {
    return initial;
  }
}

/** Stores a preference; where storage is refused, as private windows may, nothing is. */
export function writeStored(name: string, value: unknown): void {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // It lasts as long as the page does.
  }
}

/** A preference that outlives the page. Where storage is refused, it lasts as long as the page does. */
export function useStored<T>(name: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => readStored(name, initial));
  return [
    value,
    (next) => {
      setValue(next);
      writeStored(name, next);
    },
  ];
}
