export const commands = [{ name: 'play', description: 'play a sound' }]
