import { Client, GatewayIntentBits } from 'discord.js';
import { card } from '@lib/card';
const client = new Client({ intents: [GatewayIntentBits.Guilds] });
client.on('interactionCreate', async (i: any) => i.reply({ files: [await card(i.user.username)] }));
client.login(process.env.DISCORD_TOKEN);
