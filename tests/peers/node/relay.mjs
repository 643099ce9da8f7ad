// relay.mjs PORT DATABASE: the relay @nostr-relay/core on 127.0.0.1, wired as its authors do it. It prints one line
// when it listens. It sends an AUTH challenge at once, but asks for an answer only where somebody wants kind 4.
import { load } from './modules.mjs';

const [port, database] = process.argv.slice(2);
const { NostrRelay } = await load('@nostr-relay/core');
const { Validator } = await load('@nostr-relay/validator');
const { EventRepositorySqlite } = await load('@nostr-relay/event-repository-sqlite');
const { WebSocketServer } = await load('ws');

const events = new EventRepositorySqlite(database);
await events.init();
const relay = new NostrRelay(events, { domain: '127.0.0.1' });
const validator = new Validator();

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(port) });
server.on('listening', () => console.log(`listening on ${port}`));
server.on('connection', (socket) => {
  relay.handleConnection(socket);
  socket.on('message', async (data) => {
    try {
      await relay.handleMessage(socket, await validator.validateIncomingMessage(data));
    } catch (error) {
      socket.send(JSON.stringify(['NOTICE', error.message]));
    }
  });
  socket.on('close', () => relay.handleDisconnect(socket));
  socket.on('error', (error) => console.error(error.message));
});
