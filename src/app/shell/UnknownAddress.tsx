import { TriangleAlert } from "lucide-react";
import { shown } from "../../engine/checkpoint/refusal.ts";

/** Says that an address leads nowhere, rather than that the gallery was meant; settings in it are offered to the lab. */
export function UnknownAddress({ query, hash }: { query: string | undefined; hash: string }) {
  return (
    <section className="notice" role="alert" aria-labelledby="unknown">
      <h2 id="unknown">
        <TriangleAlert aria-hidden="true" /> This address is not known
      </h2>
      <p>
        Nothing of this page is at <bdi>{shown(hash)}</bdi>. What follows is the gallery.
      </p>
      <p className="actions">
        {query ? <a href={`#/lab?${query}`}>Read its settings in the lab</a> : <a href="#/lab">Go to the lab</a>}
        <a href="#/">Stay in the gallery</a>
      </p>
    </section>
  );
}
