import { Client, GatewayIntentBits } from "discord.js";
import Database from "better-sqlite3";
import { readFileSync } from "node:fs";
import { download } from "#lib/dl";

const db = new Database(process.env.DATA_DIR + "/bot.db");
const t = JSON.parse(readFileSync(new URL("../locales/en.json", import.meta.url), "utf8"));
const c = new Client({ intents: [GatewayIntentBits.Guilds] });
c.on("messageCreate", (m) => download(m.content));
c.login(process.env.DISCORD_TOKEN);
