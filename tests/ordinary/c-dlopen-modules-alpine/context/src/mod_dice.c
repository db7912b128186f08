int roll(void){return 4;}
