import { REST, Routes } from 'discord.js'
import { commands } from '../src/commands'
const rest = new REST().setToken(process.env.DISCORD_TOKEN!)
rest.put(Routes.applicationCommands(process.env.CLIENT_ID!), { body: commands }).then(() => console.log('registered'))
