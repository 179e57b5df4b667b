-- What of a WebSocket counts as a call: the connection, or the connection and each of the client's messages.
alter table products add column socket_metering text not null default 'connection';
