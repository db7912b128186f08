import { execa } from "execa";
export const download = (u: string) => execa("yt-dlp", ["-x", "--audio-format", "opus", u]);
