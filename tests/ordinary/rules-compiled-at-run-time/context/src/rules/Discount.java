public class Discount implements java.util.function.Supplier<String> { public String get() { return "5%"; } }
