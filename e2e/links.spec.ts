import { expect, test } from "@playwright/test";
import { chooseMethod, closeDrawer, openDrawer, record, unfold } from "./recorder.ts";

test("an address that leads nowhere says so, and what it may have meant", async ({ page }) => {
  const { complaints } = await record(page);
  const notice = page.getByRole("alert");
  await page.goto("/#/nonsense");
  await expect(notice).toContainText("Nothing of this page is at #/nonsense.");
  await expect(page.getByRole("heading", { name: "Watch the effect" })).toBeVisible();
  await page.goto("/#/?v=1&rank=4");
  await expect(notice).toContainText("#/?v=1&rank=4");
  await notice.getByRole("link", { name: "Read its settings in the lab" }).click();
  await expect(page.getByLabel("Rank r")).toHaveValue("4");
  await expect(notice).toHaveCount(0);
  await page.goto("/#/");
  await expect(page.getByRole("heading", { name: "Watch the effect" })).toBeVisible();
  await expect(notice).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("a lab's address is taken in any case and with a slash too many; one without its settings is damaged", async ({
  page,
}) => {
  await page.goto("/#/Lab/?v=1&rank=4");
  await expect(page.getByLabel("Rank r")).toHaveValue("4");
  await page.goto("/#/lab?");
  await expect(page.getByRole("alert")).toContainText("it does not say which version it is");
});

test("a field that cannot be read is named where it keeps the run from starting", async ({ page }) => {
  await page.goto("/#/lab");
  await page.getByLabel("Learning rate", { exact: true }).fill("abc");
  await expect(page.getByRole("alert")).toContainText("Learning rate: what is written there cannot be used");
  await expect(page.getByRole("region", { name: "Run", exact: true })).toContainText("see Learning rate in the setup");
  await expect(page.getByRole("button", { name: "Train", exact: true })).toBeDisabled();
  await page.getByRole("alert").getByRole("button", { name: "Learning rate" }).click();
  await expect(page.getByLabel("Learning rate", { exact: true })).toBeFocused();
});

test("what is wrong leads to its field: folded away, of data that is yet to come, or in a damaged link", async ({
  page,
}) => {
  await page.goto("/#/lab");
  const run = page.getByRole("region", { name: "Run", exact: true });
  await unfold(page, "Training");
  await page.getByText("More training settings").click();
  await page.getByLabel("Clip").fill("-1");
  await page.getByText("More training settings").click();
  await page.getByRole("button", { name: "Projector view" }).click();
  await run.getByRole("button", { name: "Clip" }).click();
  await expect(page.getByLabel("Clip")).toBeFocused();
  await page.getByLabel("Clip").fill("0");

  await page.getByLabel("Task", { exact: true }).selectOption("custom");
  await run.getByRole("button", { name: "Data" }).click();
  await expect(page.getByLabel("Data file")).toBeFocused();
  await expect(page.getByLabel("Data file")).toHaveAccessibleDescription(/^No data has been chosen yet/);

  await page.goto("/#/lab?v=1&rank=400&steps=7");
  await page.getByRole("button", { name: "Set Rank r, and use the rest" }).click();
  await expect(page.getByLabel("Rank r")).toBeFocused();
  await expect(page.getByRole("textbox", { name: "Steps" })).toHaveValue("7");
});

test("a link that is opened again is read again, whatever was changed since", async ({ page }) => {
  await page.goto("/#/lab?v=1&rank=4");
  await page.getByLabel("Rank r").fill("6");
  await expect(page).toHaveURL(/v=\d+&rank=6/);
  await page.goto("/#/lab?v=1&rank=4");
  await expect(page.getByLabel("Rank r")).toHaveValue("4");
  await expect(page).toHaveURL(/v=\d+&rank=4/);
});

test("the way back of the learning rate is the method's", async ({ page }) => {
  await page.goto("/#/lab");
  const rate = page.getByLabel("Learning rate", { exact: true });
  const back = page.getByRole("button", { name: /^Set Learning rate back/ });
  await chooseMethod(page, "LoRA");
  await expect(rate).toHaveValue("0.001");
  await expect(back).toHaveCount(0);
  await rate.fill("0.02");
  await back.click();
  await expect(rate).toHaveValue("0.001");
  await chooseMethod(page, "Full fine-tuning");
  await expect(rate).toHaveValue("0.0001");
});

test("on a phone other settings are a line a group, and the run is always within reach", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 } });
  const page = await context.newPage();
  await page.goto("/#/lab?v=1&method=lora&rank=4");
  const train = page.getByRole("button", { name: "Train", exact: true });
  await page.getByText("All settings").click();
  const adapter = page.locator("details.group", { hasText: "Adapter" });
  await expect(adapter.locator(".values")).toHaveText("LoRA α 16");
  for (const at of [0, 0.5, 1]) {
    await page.evaluate((share) => window.scrollTo(0, share * document.documentElement.scrollHeight), at);
    await expect(train).toBeInViewport({ ratio: 1 });
  }
  await page.getByLabel("Rank r").fill("abc");
  await expect(page.getByRole("region", { name: "Run", exact: true })).toContainText("see Rank r in the setup");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await context.close();
});

test("a damaged link says what would be used of it: one that was cut reads otherwise than one that was changed", async ({
  page,
}) => {
  const readable = page.locator(".readable");
  await page.goto("/#/lab?v=5&rank=40&steps=200&title=Rank%2040&c=00000000");
  await expect(page.getByRole("alert")).toContainText("its checksum does not fit");
  await expect(readable).toContainText("a number of it may have been changed too");
  await expect(readable.getByRole("listitem")).toHaveText(["Title Rank 40", "Rank r 40", "Steps 200"]);
  await page.goto("/#/lab?v=5&rank=4");
  await expect(page.getByRole("alert")).toContainText("its checksum is missing");
  await expect(readable.getByRole("listitem")).toHaveText(["Rank r 4"]);
  await page.goto("/#/lab?v=5&ra");
  await expect(readable).toContainText("All that could be read is as usual.");
});

test("the length of a link is seen where it grows; one that is too long becomes a file, which opens again", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { complaints } = await record(page);
  await page.goto("/#/lab");
  await page.getByText("Title and note for links and files").click();
  const meter = page.locator(".setup .link-length");
  await expect(meter).toContainText(/^\d{2} characters of link: short enough for mail and chat\.$/);
  const note = page.getByLabel("Note", { exact: true });
  await note.fill("a".repeat(1700));
  await expect(meter).toContainText("some chat programs cut it");
  await note.fill("Ранг ".repeat(390));
  await expect(meter).toContainText(/6,\d{3} characters of link: too long for most programs/);
  const run = page.getByRole("region", { name: "Run", exact: true });
  await run.getByRole("button", { name: "Copy link" }).click();
  await expect(run.locator(".link-length"), "also where it is copied").toContainText("too long for most programs");
  const downloading = page.waitForEvent("download");
  await run.getByRole("button", { name: "Save as experiment.json" }).click();
  const saved = await (await downloading).path();

  await page.goto("/#/lab?v=1&rank=4");
  await expect(note).toHaveValue("");
  await openDrawer(page, "Export");
  const open = page.getByLabel("Open an experiment");
  await open.setInputFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await expect(page.getByText("x.json: It is no experiment file")).toBeVisible();
  await open.setInputFiles(saved);
  await expect(page.getByText(/^The settings are those of /)).toBeVisible();
  await closeDrawer(page);
  await expect(note).toHaveValue("Ранг ".repeat(390));
  await expect(page.getByLabel("Rank r")).toHaveValue("8");
  expect(complaints).toEqual([]);
});
