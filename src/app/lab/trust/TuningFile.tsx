import { Download } from "lucide-react";
import { useState } from "react";
import { nameOfDevice } from "../../../engine/device/device.ts";
import { describe } from "../../../engine/run/failure.ts";
import { assertOfDevice, readTuning, type SharedTuning, writeTuning } from "../../../engine/tuning/tuningFile.ts";
import { save } from "../../saveFile.ts";
import { lab, useLab } from "../../state/store.ts";
import { Said, useRequest } from "../useRequest.tsx";

const NAME = "rankscope-tuning.json";

/**
 * Tuned kernels as a file: for others with the same kind of device, or from them.
 *
 * @param known what is known of this device. @param keep takes the text of a file that is of it.
 */
export function TuningFile({ known, keep }: { known: SharedTuning | undefined; keep: (text: string) => void }) {
  const device = useLab((state) => state.device);
  const [file, setFile] = useState<File>();
  const downloading = useRequest(async () => {
    const text = writeTuning(device!, known!.tuning, new Date(known!.measured));
    save({ name: NAME, content: new Blob([text], { type: "application/json" }) });
    return `${NAME} is downloaded.`;
  });
  const opening = useRequest(async () => {
    try {
      const text = await file!.text();
      const shared = readTuning(text, file!.name);
      // Before anything was asked of it the page does not know its device.
      assertOfDevice(shared, device ?? (await lab.ask("describeDevice", {})), file!.name);
      keep(text);
      return `${file!.name} was measured on ${nameOfDevice(shared.device)}, ${new Date(shared.measured).toLocaleDateString("en-GB")}.`;
    } catch (error) {
      throw error instanceof Error ? describe(error) : error;
    }
  });
  return (
    <details>
      <summary>Share what was measured</summary>
      <p className="hint">
        The fastest kernels of a kind of device are the same for everybody who has it. The file says the choice, what
        each way took, and the kind of device; nothing is sent anywhere.
      </p>
      {known && (
        <p className="actions">
          <button type="button" onClick={downloading.start}>
            <Download aria-hidden="true" /> Download as JSON
          </button>
        </p>
      )}
      <Said result={downloading.result} failure={downloading.failure} />
      <label className="pick">
        A file of tuned kernels
        <input type="file" accept=".json,application/json" onChange={(event) => setFile(event.target.files?.[0])} />
      </label>
      <p className="actions">
        <button type="button" disabled={!file} onClick={opening.start}>
          Read the file
        </button>
      </p>
      <Said result={opening.result} failure={opening.failure} />
    </details>
  );
}
