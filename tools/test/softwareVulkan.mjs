import { existsSync } from "node:fs";
import path from "node:path";

/** Where distributions put Chromium, which carries a software Vulkan driver (SwiftShader) and a loader. */
const chromiumFolders = [
  "/usr/lib/chromium",
  "/usr/lib/chromium-browser",
  "/opt/google/chrome",
  "/usr/lib64/chromium-browser",
];

/**
 * Environment variables that let Dawn in Node run on a machine without a GPU, through SwiftShader. Nothing is
 * changed where a driver has been chosen already, or where there is no such Chromium.
 */
export function softwareVulkan(env) {
  if (env.VK_ICD_FILENAMES || env.VK_DRIVER_FILES) return {};
  const extra = env.CHROME_BIN ? [path.dirname(env.CHROME_BIN)] : [];
  const folder = [...extra, ...chromiumFolders].find((each) => existsSync(path.join(each, "vk_swiftshader_icd.json")));
  if (!folder) return {};
  return {
    VK_ICD_FILENAMES: path.join(folder, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: [folder, env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
  };
}
