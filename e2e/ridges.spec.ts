import { expect, test } from "@playwright/test";
import { record, smallRun, waitForStatus } from "./recorder.ts";

const sizes = [
  { name: "desk", width: 1440, height: 900 },
  { name: "phone", width: 390, height: 844 },
  { name: "projector", width: 1920, height: 1080 },
] as const;

test("a layer's name and σ₁ stand beside its own ridge alone", async ({ page }) => {
  const recording = await record(page);
  await page.addInitScript(() => localStorage.setItem("rankscope.processor", "true"));
  await page.goto(`/#/lab?${smallRun.replace("steps=24", "steps=4").replace("evaluateEvery=12", "evaluateEvery=4")}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  await page.getByRole("button", { name: "Ridges" }).click();
  for (const { name, ...size } of sizes) {
    await page.setViewportSize(size);
    if (name === "projector") await page.getByRole("button", { name: "Projector view" }).click();
    // Drawn anew once the panel has its width.
    await expect
      .poll(() => page.locator(".ridges").evaluate((at) => at.scrollWidth - at.clientWidth), name)
      .toBeLessThanOrEqual(0);
    const rows = await page.locator(".ridge").evaluateAll((ridges) =>
      ridges.map((ridge) => {
        const box = (selector: string) => ridge.querySelector(selector)!.getBoundingClientRect();
        const [label, value] = [...ridge.querySelectorAll("text")].map((text) => text.getBoundingClientRect());
        const curve = box(".run-line");
        return {
          label: (label!.top + label!.bottom) / 2,
          value: (value!.top + value!.bottom) / 2,
          top: curve.top,
          foot: box(".grid").bottom,
          isClear: label!.right <= curve.left && value!.left >= curve.right,
        };
      }),
    );
    expect(rows).toHaveLength(24);
    for (const [at, { label, value, top, foot, isClear }] of rows.entries()) {
      expect(isClear, `${name}, layer ${at}: nothing is drawn over letters`).toBe(true);
      for (const middle of [label, value]) {
        expect(middle, `${name}, layer ${at}: above the foot of its ridge`).toBeLessThan(foot);
        expect(middle, `${name}, layer ${at}: below the peak of its ridge`).toBeGreaterThan(top);
      }
      const next = rows[at + 1];
      if (next) expect(next.top, `${name}, layer ${at}: the next ridge stays below`).toBeGreaterThanOrEqual(foot - 2);
    }
  }
  expect(recording.complaints).toEqual([]);
});
