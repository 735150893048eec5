import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { record, unfold, waitForStatus } from "./recorder.ts";

/** Runs of a few seconds on a software GPU. */
const small = "shots=16&maxTokens=16&validationRows=8&calibrationBatches=1&batchSize=4&steps=6&evaluateEvery=6";
const reading = `v=1&method=lora&rank=2&learningRate=0.003&${small}`;
const writing = `v=1&model=pd-gpt&task=king-james&method=lora&rank=2&learningRate=0.003&${small}`;

const words = ["sea", "ship", "whale", "king", "law", "bread", "love", "letter"];
const text = (at: number) => `the ${words[at % 8]} and the ${words[(at * 3 + 1) % 8]} of row ${at}`;
const lines = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join("\n");

/** Forty rows of two classes, and three rows that cannot be used. */
const reviews = {
  name: "reviews.csv",
  mimeType: "text/csv",
  buffer: Buffer.from(
    `text,mood\n${lines(20, (at) => `${text(at)},${at % 8 < 4 ? "low" : "high"}`)}\n,low\n${lines(20, (at) => `"${text(at + 20)}",${at % 8 < 4 ? "low" : "high"}`)}\nno label here\n"a "quote" inside",low\n`,
  ),
};

async function openPanel(page: Page) {
  await unfold(page, "Task");
  await page.getByText("Use your own data").click();
  return page.locator(".own-data");
}

test("pasted prompts and completions are looked at, used, and learnt", async ({ page }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${writing}`);
  const panel = await openPanel(page);
  await panel
    .getByLabel("Or paste rows")
    .fill(lines(30, (at) => JSON.stringify({ prompt: text(at), completion: `${words[(at + 1) % 8]} <b>bold</b>` })));
  await panel.getByRole("button", { name: "Look at these rows" }).click();
  await expect(panel).toContainText("30 rows", { timeout: 60_000 });
  await expect(panel.getByLabel("Format")).toHaveValue("jsonl");
  await expect(panel.getByLabel("Kind of task")).toHaveValue("completion");
  await expect(panel.getByLabel("Prompt")).toHaveValue("1");
  await expect(panel.getByLabel("Completion", { exact: true })).toHaveValue("2");
  await expect(panel).toContainText("27 to train on, 3 held out for validation.");
  await expect(panel).toContainText("tokens is the median");
  await expect(panel.getByRole("region", { name: "First rows" })).toContainText("<b>bold</b>");
  await panel.getByRole("button", { name: "Use this data" }).click();
  await expect(panel.getByRole("button", { name: "In use" })).toBeDisabled();
  await expect(page.getByLabel("Task", { exact: true })).toHaveValue("custom");
  await expect(page).toHaveURL(/task=custom&data=pasted~[0-9a-f]{16}&dataFormat=jsonl&dataKind=completion/);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  const losses = await recording.losses();
  expect(losses.length).toBe(6);
  expect(losses.every(Number.isFinite)).toBe(true);
  await expect(page.getByRole("heading", { name: "Completions, before training and now" })).toBeVisible();
  expect(recording.complaints).toEqual([]);
});

test("bad rows are listed and skipped only on consent; the link asks for the file and repeats the losses", async ({
  page,
  browser,
}) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${reading}`);
  const panel = await openPanel(page);
  await panel.getByLabel("Data file").setInputFiles(reviews);
  await expect(panel).toContainText("3 rows cannot be used: line 22, the text under text is empty", {
    timeout: 60_000,
  });
  await panel.getByText("3 rows cannot be used").click();
  await expect(panel.getByRole("list", { name: "Bad rows" }).getByRole("listitem")).toHaveText([
    "line 22: the text under text is empty",
    "line 43: 1 cell where 2 belong",
    "line 44: a quoted cell has a single quote in it, or is never closed",
  ]);
  const preview = panel.getByRole("region", { name: "First rows" });
  await expect(preview.getByRole("columnheader"), "no column is headed twice").toHaveText([
    "Line",
    "text",
    /^moodlabel$/,
  ]);
  await expect(preview.locator("tr.bad"), "the third cannot be cut into cells").toHaveCount(2);
  await expect(preview.locator("tr.bad").first()).toContainText("22not used");
  await expect(panel.getByLabel("Kind of task")).toHaveValue("classification");
  await expect(panel.getByRole("table", { name: "2 classes" })).toContainText("low");
  const use = panel.getByRole("button", { name: "Use this data" });
  await expect(use, "not without consent").toBeDisabled();
  await panel.getByLabel("Skip these 3 bad rows").check();
  await use.click();
  await expect(panel.getByRole("button", { name: "In use" })).toBeVisible();
  await expect(page).toHaveURL(/data=reviews\.csv~[0-9a-f]{16}.*dataBad=skip/);
  const link = page.url();
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  const losses = await recording.losses();
  expect(losses.length).toBe(6);
  const predictions = page.getByRole("region", { name: "Predictions, before training and now" }).first();
  await expect(predictions.locator("tbody tr").first()).toContainText(/(low|high)\s*(low|high) \(\d+ %\)/);

  const stranger = await browser.newContext();
  const elsewhere = await stranger.newPage();
  const other = await record(elsewhere);
  await elsewhere.goto(link);
  const asking = elsewhere.locator(".own-data");
  await expect(asking).toContainText(
    /This experiment is about reviews\.csv \(SHA-256 [0-9a-f]{8}…\)\. Open that file here/,
  );
  await expect(elsewhere.locator(".problems")).toContainText("has yet to be opened in this tab");
  await expect(elsewhere.getByRole("button", { name: "Train", exact: true })).toBeDisabled();
  await asking
    .getByLabel("Data file")
    .setInputFiles({ ...reviews, buffer: Buffer.from(`${reviews.buffer}\nmore,low\n`) });
  await expect(asking).toContainText("is another file than reviews.csv", { timeout: 60_000 });
  await asking.getByLabel("Data file").setInputFiles({ ...reviews, name: "renamed.txt" });
  await expect(asking.getByLabel("Skip these 3 bad rows")).toBeChecked({ timeout: 60_000 });
  await expect(asking).not.toContainText("is another file");
  await asking.getByRole("button", { name: "Use this data" }).click();
  expect(elsewhere.url()).toContain(link.split("?")[1]!.split("&c=")[0]!);
  await elsewhere.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(elsewhere, "Finished");
  expect(await other.losses()).toEqual(losses);
  await stranger.close();
  expect([...recording.complaints, ...other.complaints]).toEqual([]);
});

test("a file that is none is refused by line; choices that do not go together say so", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/#/lab");
  const panel = await openPanel(page);
  const file = panel.getByLabel("Data file");
  const shape = (element: Element, part?: string) => {
    const { borderRadius, borderTopColor, minHeight, backgroundColor } = getComputedStyle(element, part);
    return [borderRadius, borderTopColor, minHeight, backgroundColor];
  };
  expect(await file.evaluate(shape, "::file-selector-button"), "as all buttons").toEqual(
    await page.getByRole("button", { name: "Look at these rows" }).evaluate(shape, undefined),
  );
  await file.setInputFiles({ name: "x.csv", mimeType: "text/csv", buffer: Buffer.from([97, 10, 98, 0xe9, 10]) });
  await expect(panel.locator(".problem")).toContainText("x.csv, line 2: not UTF-8 text. Save it as UTF-8");
  await file.setInputFiles(reviews);
  await panel.getByLabel("Label", { exact: true }).selectOption("1");
  await expect(panel).toContainText("This column is a text already", { timeout: 60_000 });
  await expect(panel.getByRole("button", { name: "Use this data" })).toBeDisabled();
  await panel.getByLabel("Kind of task").selectOption("regression");
  await panel.getByLabel("Label", { exact: true }).selectOption("2");
  await expect(panel).toContainText('has no row that can be used; line 2: the label "low" is no number');
  await panel.getByLabel("Format").selectOption("lines");
  await expect(panel).toContainText("windows of 48");
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["first\tsecond\tscore\na b\tc d\t1.5\ne f\tg h\t4\n"], "dropped.tsv"));
    return transfer;
  });
  await panel.dispatchEvent("drop", { dataTransfer: dropped });
  await expect(panel).toContainText("dropped.tsv: 2 rows", { timeout: 60_000 });
  await expect(panel.getByLabel("Kind of task")).toHaveValue("regression");
  await expect(page.getByLabel("Task", { exact: true }), "nothing is changed by looking").toHaveValue("verse-sts");
  expect(recording.complaints).toEqual([]);
});

test("of two choices that are made before the first is answered both count", async ({ page }) => {
  await page.goto("/#/lab");
  const panel = await openPanel(page);
  await panel.getByLabel("Data file").setInputFiles(reviews);
  await panel.getByLabel("Label", { exact: true }).waitFor();
  const [kind, label] = [panel.getByLabel("Kind of task"), panel.getByLabel("Label", { exact: true })];
  const handles = await Promise.all([kind.elementHandle(), label.elementHandle()]);
  await page.evaluate(
    ([first, second]) => {
      const choose = (select: unknown, value: string) => {
        const element = select as HTMLSelectElement;
        Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value")!.set!.call(element, value);
        element.dispatchEvent(new Event("change", { bubbles: true }));
      };
      choose(first, "regression");
      choose(second, "2");
    },
    handles as [unknown, unknown],
  );
  await expect(panel).toContainText('has no row that can be used; line 2: the label "low" is no number');
  await expect(kind).toHaveValue("regression");
});

test("where a file leaves two readings both are shown, and nothing is used before one is chosen", async ({ page }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${reading}`);
  const panel = await openPanel(page);
  const prices = lines(40, (at) => `${text(at)};${1 + (at % 4)},${100 + at}`);
  await panel
    .getByLabel("Data file")
    .setInputFiles({ name: "prices.csv", mimeType: "text/csv", buffer: Buffer.from(`text;price\n${prices}\n`) });
  const question = panel.getByRole("group", { name: /Is 1,100 to be read as 1100 or as 1\.100\?/ });
  await expect(question).toBeVisible({ timeout: 60_000 });
  const use = panel.getByRole("button", { name: "Use this data" });
  await expect(use).toBeDisabled();
  await panel.getByLabel("Held out").selectOption("0.2");
  await expect(question, "another choice answers nothing").toBeVisible();
  await question.getByRole("button", { name: /decimals after a comma/ }).click();
  await expect(question).toHaveCount(0);
  await expect(panel.getByLabel("Decimal sign")).toHaveValue("comma");
  await expect(panel).toContainText("Labels from 1.1 to 4.14");
  await use.click();
  await expect(page).toHaveURL(/dataDecimal=comma/);
  expect(recording.complaints).toEqual([]);
});

test("of several files one is taken and the others are named; JSON with conversations is read", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/#/lab");
  const panel = await openPanel(page);
  const drop = async (files: readonly (readonly [string, string])[]) => {
    const transfer = await page.evaluateHandle((given) => {
      const dropped = new DataTransfer();
      for (const [name, content] of given) dropped.items.add(new File([content], name));
      return dropped;
    }, files);
    await panel.dispatchEvent("drop", { dataTransfer: transfer });
  };
  await drop([
    ["test.csv", "text,label\na b,x\nc d,y\n"],
    ["train.csv", "text,label\na b,x\nc d,y\ne f,x\ng h,y\n"],
  ]);
  await expect(panel).toContainText("train.csv: 4 rows", { timeout: 60_000 });
  await expect(panel).toContainText("Left aside: test.csv.");
  await drop([["model.safetensors", "x"]]);
  await expect(panel).toContainText("model.safetensors belongs to a model, not to data. Open it under Model");
  await expect(panel).not.toContainText("Left aside");
  const chats = Array.from({ length: 10 }, (_, at) => ({
    id: `c${at}`,
    conversations: [
      { from: "human", value: `What is row ${at}?` },
      { from: "gpt", value: text(at) },
    ],
  }));
  await drop([["chats.json", JSON.stringify(chats, null, 2)]]);
  await expect(panel).toContainText("chats.json: 10 rows");
  await expect(panel.getByLabel("Format")).toHaveValue("json");
  await expect(panel.getByLabel("Kind of task")).toHaveValue("completion");
  await expect(panel.getByRole("region", { name: "First rows" })).toContainText("What is row 0?");
  await expect(panel).toContainText("This column is left out: id.");
  expect(recording.complaints).toEqual([]);
});

test("the panel has no accessibility violations that axe can find, and fits a phone", async ({ browser }) => {
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await browser.newContext({ viewport: { width: 360, height: 780 }, colorScheme });
    const page = await context.newPage();
    await page.goto("/#/lab");
    const panel = await openPanel(page);
    await panel.getByLabel("Data file").setInputFiles(reviews);
    await expect(panel.getByRole("table", { name: "2 classes" })).toBeVisible({ timeout: 60_000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const { violations } = await new AxeBuilder({ page }).include(".own-data").analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    await context.close();
  }
});
