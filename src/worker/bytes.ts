const number = new Intl.NumberFormat("en");

/** Bytes in words. */
export function megabytes(bytes: number): string {
  if (bytes < 1000) return `${number.format(bytes)} bytes`;
  return bytes < 1e5
    ? `${number.format(Math.ceil(bytes / 1e3))} kB`
    : `${number.format(Math.round(bytes / 1e5) / 10)} MB`;
}
