import { ChevronDown } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { type MethodName, methodNamed } from "../../../engine/methods/index.ts";
import type { RunConfig } from "../../../engine/settings/config.ts";
import { useLab } from "../../state/store.ts";
import { type MethodGroup, matching, methodGroups } from "./methodChoices.ts";

interface MethodPickerProps {
  readonly id: string;
  readonly config: RunConfig;
  readonly isWrong: boolean;
  readonly onChange: (method: MethodName) => void;
}

/**
 * The method as an editable combobox with a listbox (WAI-ARIA Authoring Practices 1.2): typing filters, arrows move,
 * Enter takes, Escape and Tab leave it as it was.
 */
export function MethodPicker({ id, config, isWrong, onChange }: MethodPickerProps) {
  const models = useLab((state) => state.models);
  const [isOpen, setOpen] = useState(false);
  const [written, setWritten] = useState<string>();
  const [active, setActive] = useState<MethodName>();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const groups = useMemo(
    () => (isOpen ? matching(methodGroups(config, models), written ?? "") : []),
    [isOpen, config, models, written],
  );
  const offered = groups.flatMap(({ choices }) => choices.map(({ method }) => method));
  const optionId = (method: MethodName) => `${id}-${method}`;

  useEffect(() => {
    if (isOpen) list.current?.scrollIntoView({ block: "nearest" });
  }, [isOpen]);
  useEffect(() => {
    if (active) list.current?.querySelector(`#${CSS.escape(`${id}-${active}`)}`)?.scrollIntoView({ block: "nearest" });
  }, [active, id]);

  const open = () => {
    if (isOpen) return;
    setOpen(true);
    setActive(config.method);
  };
  const close = () => {
    setOpen(false);
    setWritten(undefined);
    setActive(undefined);
  };
  const take = (method: MethodName | undefined) => {
    if (method && method !== config.method) onChange(method);
    close();
  };
  const search = (text: string) => {
    setOpen(true);
    setWritten(text);
    setActive(matching(methodGroups(config, models), text)[0]?.choices[0]?.method);
  };
  const move = (step: number) => {
    if (!isOpen) return open();
    const from = active ? offered.indexOf(active) : step > 0 ? -1 : offered.length;
    setActive(offered[(from + step + offered.length) % offered.length]);
  };
  const onKey = (event: KeyboardEvent) => {
    const actions: Readonly<Record<string, (() => void) | false>> = {
      ArrowDown: () => (event.altKey ? open() : move(1)),
      ArrowUp: () => (event.altKey ? close() : move(-1)),
      PageDown: isOpen && (() => setActive(offered.at(-1))),
      PageUp: isOpen && (() => setActive(offered[0])),
      Enter: isOpen && (() => take(active)),
      Escape: isOpen && close,
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    // Escape closes the list alone, and not what is around it.
    event.stopPropagation();
    action();
  };

  return (
    <div className="picker">
      <input
        id={id}
        ref={input}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-activedescendant={isOpen && active ? optionId(active) : undefined}
        aria-invalid={isWrong}
        aria-describedby={`${id}-help`}
        value={written ?? methodNamed(config.method).label}
        spellCheck={false}
        autoComplete="off"
        onFocus={({ currentTarget }) => currentTarget.select()}
        onClick={open}
        onBlur={close}
        onChange={({ target }) => search(target.value)}
        onKeyDown={onKey}
      />
      <ChevronDown aria-hidden="true" />
      <div
        id={`${id}-list`}
        ref={list}
        className="choices"
        role="listbox"
        aria-label="Ways to fine-tune"
        hidden={!isOpen || offered.length === 0}
        // The focus stays in the field.
        onMouseDown={(event) => event.preventDefault()}
      >
        {groups.map((group) => (
          <Group key={group.title} {...{ group, config, active, optionId, take }} />
        ))}
      </div>
      {isOpen && offered.length === 0 && <p className="choices none">No method is called so.</p>}
      <p className="visually-hidden" aria-live="polite">
        {isOpen && written !== undefined && (offered.length === 1 ? "1 method" : `${offered.length} methods`)}
      </p>
    </div>
  );
}

interface GroupProps {
  readonly group: MethodGroup;
  readonly config: RunConfig;
  readonly active: MethodName | undefined;
  readonly optionId: (method: MethodName) => string;
  readonly take: (method: MethodName) => void;
}

function Group({ group: { title, choices }, config, active, optionId, take }: GroupProps) {
  const heading = `${optionId(choices[0]!.method)}-group`;
  return (
    <div role="group" aria-labelledby={heading}>
      <div id={heading} className="heading" role="presentation">
        {title}
      </div>
      {choices.map(({ method, label, equation, cost }) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the combobox's, which keeps the focus
        // biome-ignore lint/a11y/useFocusableInteractive: the combobox names it as its active descendant
        <div
          key={method}
          id={optionId(method)}
          role="option"
          aria-selected={method === config.method}
          className={method === active ? "active" : undefined}
          onClick={() => take(method)}
        >
          <b>{label}</b>
          <span className="count">{cost}</span>
          <span className="symbols">{equation}</span>
        </div>
      ))}
    </div>
  );
}
