CREATE TABLE `links` (`id` integer PRIMARY KEY NOT NULL, `url` text NOT NULL);
