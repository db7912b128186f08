CREATE TABLE `items` (`id` bigint unsigned NOT NULL AUTO_INCREMENT, PRIMARY KEY (`id`));
