import { createCanvas } from 'canvas';
export function draw(text: string): string {
  const c = createCanvas(600, 200);
  const ctx = c.getContext('2d');
  ctx.font = '24px "Noto Sans"';
  ctx.fillText(text, 20, 100);
  return c.toDataURL();
}
