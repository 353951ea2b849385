import { expect, test } from "vitest";
import { placeIn } from "./place";

test.each([
  ["6.4541, 3.3947", 6.4541, 3.3947],
  ["-33.8568;151.2153", -33.8568, 151.2153],
  ["https://www.google.com/maps/@6.4541,-3.3947,17z", 6.4541, -3.3947],
  ["https://www.openstreetmap.org/#map=16/6.4541/3.3947", 6.4541, 3.3947],
  ["https://www.openstreetmap.org/?mlat=6.4541&mlon=3.3947&zoom=16", 6.4541, 3.3947],
])("a place is found in %s", (text, latitude, longitude) => {
  expect(placeIn(text)).toEqual({ latitude, longitude });
});

test.each(["", "12 Marina Road", "6.4541", "96.4541, 3.3947", "6.4541, 183.3947", "6, 3"])(
  "%j has no place",
  (text) => expect(placeIn(text)).toBeNull(),
);
