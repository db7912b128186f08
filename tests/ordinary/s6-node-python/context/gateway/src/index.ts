import mqtt from 'mqtt';
import http from 'http';
const c = mqtt.connect('mqtt://localhost');
http.createServer((_q, r) => { c.publish('hit', '1'); r.end('ok'); }).listen(8080);
