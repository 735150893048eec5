import { useHub } from "../../../state/hub.ts";

/** Tells screen readers of beginnings, ends, new attempts and every quarter of a download, and is silent otherwise. */
export function HubStatus() {
  const { busy, doing, transfer, news } = useHub();
  const quarter = transfer ? Math.floor((4 * transfer.loaded) / Math.max(1, transfer.total)) : 0;
  const isMoving = busy === "downloading" && (doing === undefined || doing === "Downloading");
  return (
    <p className="visually-hidden" role="status">
      {isMoving ? `Downloading, ${25 * quarter} percent.` : (doing ?? news)}
    </p>
  );
}
