import { useId, useState } from "react";
import { HUB, parseHub } from "../../../../worker/hub/model.ts";
import { useStored } from "../../../state/useStored.ts";

/** Where models are asked for: Hugging Face, or a mirror that the visitor names. Links never change it. */
export function HubAddress() {
  const id = useId();
  const [address, store] = useStored("hub", HUB);
  const [written, setWritten] = useState(address);
  const isReadable = parseHub(written) !== undefined;
  return (
    <details>
      <summary>Mirror</summary>
      <label htmlFor={`${id}-address`}>Address of the hub</label>
      <input
        id={`${id}-address`}
        value={written}
        inputMode="url"
        spellCheck={false}
        autoComplete="off"
        aria-invalid={!isReadable}
        aria-describedby={`${id}-help`}
        onChange={(event) => {
          setWritten(event.target.value);
          const read = parseHub(event.target.value);
          if (read) store(read);
        }}
        onBlur={() => setWritten(parseHub(written) ?? address)}
      />
      <p id={`${id}-help`} className="help">
        {!isReadable && <strong className="problem">Write an address such as {HUB}. </strong>}
        Kept in this browser. What a mirror sends is checked against the hashes that it lists.
      </p>
    </details>
  );
}
