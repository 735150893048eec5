import { useState } from "react";

/** A preference that outlives the page. Where storage is refused, it lasts as long as the page does. */
export function useStored<T>(name: string, initial: T): [T, (value: T) => void] {
  const key = `rankscope.${name}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const stored = localStorage.getItem(key);
      return stored === null ? initial : (JSON.parse(stored) as T);
    } catch {
      return initial;
    }
  });
  return [
    value,
    (next) => {
      setValue(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // Private windows may refuse.
      }
    },
  ];
}
