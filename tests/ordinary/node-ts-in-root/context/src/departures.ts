export function departures(from: Date): string[] {
  return [6, 9, 12, 15, 18].filter((hour) => hour >= from.getHours()).map((hour) => `${hour}:10`);
}
