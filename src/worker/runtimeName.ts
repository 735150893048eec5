/** What a browser says of itself; only some have `userAgentData`. */
interface BrowserIdentity {
  readonly userAgent: string;
  readonly userAgentData?: {
    getHighEntropyValues(hints: readonly string[]): Promise<{ readonly fullVersionList?: readonly Brand[] }>;
  };
}

interface Brand {
  readonly brand: string;
  readonly version: string;
}

/** Browsers by how they sign their user agent; a later one signs as those before it too. */
const signatures: readonly (readonly [name: string, signature: RegExp])[] = [
  ["Edge", /\bEdg\/([\d.]+)/],
  ["Firefox", /\bFirefox\/([\d.]+)/],
  ["Chrome", /\bChrome\/([\d.]+)/],
  ["Safari", /\bVersion\/([\d.]+).*\bSafari\//],
];

/** The browser's name and version, such as `Google Chrome 141.0.7390.54`; the whole user agent where none is known. */
export async function runtimeName({ userAgent, userAgentData }: BrowserIdentity): Promise<string> {
  const { fullVersionList = [] } = (await userAgentData?.getHighEntropyValues(["fullVersionList"])) ?? {};
  // Browsers add a brand that is none, so that nobody takes the list for complete.
  const brands = fullVersionList.filter(({ brand }) => !/not.?a.?brand/i.test(brand));
  const brand = brands.find((each) => each.brand !== "Chromium") ?? brands[0];
  if (brand) return `${brand.brand} ${brand.version}`;
  for (const [name, signature] of signatures) {
    const version = signature.exec(userAgent)?.[1];
    if (version !== undefined) return `${name} ${version}`;
  }
  return userAgent;
}
