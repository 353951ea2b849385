/** Degrees, WGS 84. */
export type Degrees = { latitude: number; longitude: number };

const TWO_NUMBERS = /(-?\d{1,2}\.\d+)[^\d.-]{1,8}(-?\d{1,3}\.\d+)/;

/** Returns the place in a text such as `6.4541, 3.3947` or the link of a map; null: there is none on the earth. */
export function placeIn(text: string): Degrees | null {
  const [, latitude, longitude] = TWO_NUMBERS.exec(text)?.map(Number) ?? [];
  if (latitude === undefined || longitude === undefined) return null;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

export const mapOf = ({ latitude, longitude }: Degrees) =>
  `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}&zoom=16`;
