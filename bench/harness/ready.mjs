/**
 * Gets contestants ready one after the other. A peer that fails is left out, with its reason; the engine must not fail.
 *
 * @returns `ready` [{ tab, prepared }], the engine first, and `leftOut`, a sentence for each peer that failed.
 */
export async function getReady(tabs, prepare) {
  const [ours, ...peers] = tabs;
  const ready = [{ tab: ours, prepared: await prepare(ours) }];
  const leftOut = [];
  for (const tab of peers) {
    try {
      ready.push({ tab, prepared: await prepare(tab) });
    } catch (error) {
      leftOut.push(`${tab.label} is left out: ${firstLine(error)}`);
    }
  }
  return { ready, leftOut };
}

export function firstLine(error) {
  return String(error instanceof Error ? error.message : error).split("\n")[0];
}
