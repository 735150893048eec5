import { EngineError } from "../../engine/errors.ts";
import { receiptOf } from "../../engine/run/receipt.ts";
import { runChecks } from "../../engine/trust/runChecks.ts";
import { nameOf, summarise } from "../../engine/trust/summary.ts";
import { tuneProducts } from "../../engine/tuning/tuneProducts.ts";
import { runtimeName } from "../runtimeName.ts";
import type { Handlers } from "./handler.ts";

/** What is asked about how far numbers of this device, and of the run on it, can be trusted. */
export const trustHandlers: Pick<Handlers, "checkDevice" | "describeDevice" | "tuneKernels" | "receipt"> = {
  checkDevice(_, { trainer, progress, signal }) {
    progress("Asking for the device");
    return trainer.borrow(async (device) => {
      const results = await runChecks(device, {
        signal,
        report: (result, done, total) => progress(nameOf(result), done / total),
      });
      return { adapter: device.description, results, summary: summarise(results, new Date()) };
    });
  },

  describeDevice(_, { trainer }) {
    return trainer.borrow(async ({ description }) => description);
  },

  tuneKernels(_, { trainer, progress, signal }) {
    return trainer.borrow(async (device) => {
      const adapter = device.description;
      return { adapter, tuning: await tuneProducts(device, adapter, { signal, report: progress }) };
    });
  },

  receipt({ rows, validation, checked }, { trainer, sources, progress }) {
    progress("Hashing what the run has read");
    return trainer.borrow(async (device, session) => {
      if (!session) throw new EngineError("there is no run to write a receipt for", "Train one first.");
      const adapter = device.description;
      // After a graphics card was lost another one may have taken over, which nobody has checked.
      const isSame = JSON.stringify(adapter) === JSON.stringify(checked?.adapter);
      return receiptOf({
        config: session.config,
        sources,
        adapter,
        runtime: await runtimeName(navigator),
        summary: session.summary,
        rows,
        validation,
        checks: isSame ? checked?.summary : undefined,
      });
    });
  },
};
