import { type ComponentType, useEffect, useState } from "react";

interface LateScreen<P> {
  readonly Screen: ComponentType<P>;
  /** Fetches the screen before anybody asks for it. */
  fetch(): void;
}

/**
 * A screen whose code is fetched when it is first wanted. Where that fails, as offline or after a new release, the page
 * says so and can try again.
 *
 * @param name as in "The lab is being opened".
 */
export function lateScreen<P extends object>(
  name: string,
  load: () => Promise<{ readonly default: ComponentType<P> }>,
): LateScreen<P> {
  let loaded: ComponentType<P> | undefined;
  const fetched = async () => {
    loaded = (await load()).default;
    return loaded;
  };
  function Screen(props: P) {
    const [Loaded, setLoaded] = useState(() => loaded);
    const [hasFailed, setFailed] = useState(false);
    const open = () => {
      setFailed(false);
      fetched().then(
        (component) => setLoaded(() => component),
        () => setFailed(true),
      );
    };
    // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is first shown.
    useEffect(() => {
      if (!Loaded) open();
    }, []);
    if (Loaded) return <Loaded {...props} />;
    if (!hasFailed) return <p role="status">{name} is being opened.</p>;
    return (
      <p role="alert">
        {name} could not be fetched. Check the connection; after a new release a reload helps.{" "}
        <button type="button" onClick={open}>
          Try again
        </button>
      </p>
    );
  }
  return { Screen, fetch: () => void fetched().catch(() => {}) };
}
