import { type AdapterConfig, dropoutKey, type ModuleNames } from "../checkpoint/adapterConfig.ts";
import { ModulePattern } from "../checkpoint/modulePattern.ts";
import { listed, shown } from "../checkpoint/refusal.ts";

/**
 * Where an adapter's config says other things about its layers than its matrices do. The matrices count; this is to be
 * told.
 *
 * @param modules that have matrices.
 * @param saved names of tensors of whole modules.
 */
export function disagreements(
  config: AdapterConfig,
  modules: readonly string[],
  saved: readonly string[],
): readonly string[] {
  const { targets, excluded, blocks, ranks, alphas, savedModules, dropout, biases } = config;
  const found: string[] = [];
  const say = (what: string, names: readonly string[], how: string) => {
    if (names.length > 0) found.push(`adapter_config.json: ${what} ${listed(names)}, ${how}.`);
  };
  const HAS_NONE = "for which the file has no matrices";
  const HAS_SOME = "for which the file has matrices, so that they are adapted";

  if (targets !== "all-linear") {
    say(
      "target_modules does not name",
      modules.filter((module) => means(targets, module) === false),
      HAS_SOME,
    );
    if (typeof targets !== "string") {
      say(
        "target_modules names",
        targets.filter((name) => !means(excluded, name) && !modules.some((module) => isNamed(module, name))),
        HAS_NONE,
      );
    }
  }
  if (excluded.length > 0) {
    say(
      "exclude_modules names",
      modules.filter((module) => means(excluded, module)),
      HAS_SOME,
    );
  }
  if (blocks.length > 0) {
    const blockOf = (module: string) => Number(/(?:^|\.)(\d+)(?:\.|$)/.exec(module)?.[1] ?? Number.NaN);
    const there = new Set(modules.map(blockOf));
    const others = modules.filter((module) => !Number.isNaN(blockOf(module)) && !blocks.includes(blockOf(module)));
    say("layers_to_transform does not have the blocks of", others, HAS_SOME);
    say("layers_to_transform has the blocks", blocks.filter((block) => !there.has(block)).map(String), HAS_NONE);
  }
  for (const [setting, numbers] of [
    ["rank_pattern", ranks],
    ["alpha_pattern", alphas],
  ] as const) {
    const patterns = [...numbers.keys()].map((key) => [key, ModulePattern.read(String.raw`(.*\.)?(${key})$`)] as const);
    const unread = patterns.filter(([, pattern]) => !pattern).map(([key]) => key);
    say(`${setting} has`, unread, "which is not read");
    const idle = patterns.filter(([, pattern]) => pattern && !modules.some((module) => pattern.matches(module)));
    say(
      `${setting} is about`,
      idle.map(([key]) => key),
      HAS_NONE,
    );
  }
  const missing = savedModules.filter((name) => !saved.some((tensor) => `.${tensor}`.includes(`.${name}.`)));
  // PEFT names both of every model with classes, of which a model has one.
  const isEither = (name: string) => name === "classifier" || name === "score";
  const hasEither = savedModules.some((name) => isEither(name) && !missing.includes(name));
  say(
    "modules_to_save has",
    missing.filter((name) => !(hasEither && isEither(name))),
    "of which the file has no tensors",
  );
  if (biases !== "none" && !saved.some((tensor) => tensor.endsWith(".bias"))) {
    found.push(`adapter_config.json: bias is ${biases}, and the file has no biases.`);
  }
  if (dropout > 0) {
    found.push(
      `adapter_config.json: ${dropoutKey(config.kind)} ${shown(String(dropout))} is not used; the run has the dropout of its settings.`,
    );
  }
  return found;
}

/** Whether a setting means a module; undefined where its pattern is not read. */
function means(names: ModuleNames, module: string): boolean | undefined {
  if (typeof names !== "string") return names.some((name) => isNamed(module, name));
  return isNamed(module, names) || ModulePattern.read(names)?.matches(module);
}

function isNamed(module: string, name: string): boolean {
  return module === name || module.endsWith(`.${name}`);
}
