import path from 'path'
import Database from 'better-sqlite3'
import { createAudioPlayer, createAudioResource } from '@discordjs/voice'
import { Client, GatewayIntentBits } from 'discord.js'
const db = new Database(path.join(process.cwd(), 'data', 'stats.db'))
db.exec('create table if not exists plays (name text, at text)')
const client = new Client({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates] })
const player = createAudioPlayer()
client.on('interactionCreate', () => player.play(createAudioResource(path.join(__dirname, '..', 'sounds', 'horn.mp3'))))
client.login(process.env.DISCORD_TOKEN)
