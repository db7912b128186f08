import Fastify from "fastify";
import { User } from "@repo/shared";
const app = Fastify();
app.post("/u", async (r) => User.parse(r.body));
app.listen({ port: 4000, host: "0.0.0.0" });
