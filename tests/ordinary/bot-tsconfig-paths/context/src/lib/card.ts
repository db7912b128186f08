import { createCanvas, loadImage } from 'canvas';
export async function card(name: string) { const c = createCanvas(400, 100); const x = c.getContext('2d'); x.drawImage(await loadImage('assets/bg.png'), 0, 0); x.font = '24px Ranky'; x.fillText(name, 10, 50); return c.toBuffer(); }
