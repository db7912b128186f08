package x;

import net.openhft.compiler.CompilerUtils;
import java.util.function.DoubleUnaryOperator;

public class Formula {
    public static DoubleUnaryOperator of(String expr) throws Exception {
        String src = "package f; public class F implements java.util.function.DoubleUnaryOperator { public double applyAsDouble(double x) { return " + expr + "; } }";
        return (DoubleUnaryOperator) CompilerUtils.CACHED_COMPILER.loadFromJava("f.F", src).getDeclaredConstructor().newInstance();
    }
}
