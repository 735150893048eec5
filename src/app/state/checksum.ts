/**
 * CRC-32 (ISO 3309, that of zip and Ethernet) of ASCII text, as eight hex digits. It finds any one changed character for
 * certain, and other damage but for one case in four billion; it keeps nobody from writing a link of their own.
 */
export function checksum(text: string): string {
  let crc = 0xffffffff;
  for (let at = 0; at < text.length; at++) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
}
