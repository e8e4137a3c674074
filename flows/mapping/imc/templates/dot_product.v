// The sum of ROWS products of inputs and weights, for simulations: same sums, same cycles as the
// dot products of a crossbar, but loops in place of multipliers.
module neuroloom_dot_product #(
    parameter ROWS = 1,
    parameter INPUT_BITS = 8,
    parameter INPUT_SIGNED = 0,
    parameter WEIGHT_BITS = 8,
    parameter TOTAL_BITS = 16
) (
    input clk,
    input moves,
    input [ROWS*INPUT_BITS-1:0] line,
    input [ROWS*WEIGHT_BITS-1:0] weights,
    output reg signed [TOTAL_BITS-1:0] total
);
    integer row;
    reg signed [TOTAL_BITS-1:0] sum;
    reg signed [INPUT_BITS:0] value;
    reg signed [WEIGHT_BITS-1:0] weight;

    initial total = 0;

    always @(posedge clk)
        if (moves) begin
            sum = 0;
            for (row = 0; row < ROWS; row = row + 1) begin
                value[INPUT_BITS-1:0] = line[row*INPUT_BITS +: INPUT_BITS];
                value[INPUT_BITS] = INPUT_SIGNED != 0 && value[INPUT_BITS-1];
                weight = weights[row*WEIGHT_BITS +: WEIGHT_BITS];
                sum = sum + value * weight;
            end
            total <= sum;
        end
endmodule
