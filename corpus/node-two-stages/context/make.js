require("fs").writeFileSync("out.txt", "made\n");
