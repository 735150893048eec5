import { type LucideIcon, X } from "lucide-react";
import { type ReactNode, useRef } from "react";

interface DrawerProps {
  readonly label: string;
  readonly Icon: LucideIcon;
  readonly isDisabled?: boolean;
  readonly children: ReactNode;
}

/** A button, and what it slides in at the page's side. What is inside goes on while the drawer is closed. */
export function Drawer({ label, Icon, isDisabled = false, children }: DrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" title={label} disabled={isDisabled} onClick={() => dialog.current?.showModal()}>
        <Icon aria-hidden="true" /> <span>{label}</span>
      </button>
      <dialog className="drawer" ref={dialog} aria-label={label}>
        <button type="button" className="icon close" onClick={() => dialog.current?.close()}>
          <X aria-hidden="true" />
          <span className="visually-hidden">Close</span>
        </button>
        {children}
      </dialog>
    </>
  );
}
