import Fastify from 'fastify';
import i18next from 'i18next';
import Backend from 'i18next-fs-backend';
i18next.use(Backend).init({ lng: 'en', preload: ['en', 'fr'], backend: { loadPath: './locales/{{lng}}.json' } });
const app = Fastify();
app.get('/:lng', async (q) => i18next.t('hi', { lng: (q.params as any).lng }));
app.listen({ port: 3000, host: '0.0.0.0' });
